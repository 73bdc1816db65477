// The wallet service of @getalby/sdk on our relay. The protocol is all theirs: announcement,
// events, encryption. What its wallet does is asked of the test, a line of JSON each way.
// node --experimental-websocket nwc_by_others.mjs SDK RELAY WALLET_SECRET CLIENT_PUBKEY METHODS
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

for (const name of ["log", "info", "warn"]) console[name] = console.error;

const [sdk, relayUrl, walletSecret, clientPubkey, methods] = process.argv.slice(2);
const { NWCWalletService, NWCWalletServiceKeyPair } = createRequire(import.meta.url)(sdk);

const waiting = new Map();
let count = 0;
const ask = (method) => (params) =>
  new Promise((resolve) => {
    waiting.set(++count, resolve);
    process.stdout.write(JSON.stringify({ id: count, method, params: params ?? {} }) + "\n");
  });

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { id, answer } = JSON.parse(line);
    waiting.get(id)(answer);
    waiting.delete(id);
  })
  .on("close", () => process.exit(0));

const service = new NWCWalletService({ relayUrl });
await service.publishWalletServiceInfoEvent(walletSecret, methods.split(" "), ["payment_received"]);
await service.subscribe(new NWCWalletServiceKeyPair(walletSecret, clientPubkey), {
  getInfo: ask("get_info"),
  getBalance: ask("get_balance"),
  makeInvoice: ask("make_invoice"),
  payInvoice: ask("pay_invoice"),
  lookupInvoice: ask("lookup_invoice"),
  listTransactions: ask("list_transactions"),
});
setTimeout(() => process.stdout.write('{"ready":true}\n'), 200);
