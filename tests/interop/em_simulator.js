// A charge point with one plug, in the words of em-ocpp-chargepoint-simulator's batch mode.
// It has no answer for ChangeConfiguration and says nothing when it is asked. A number on
// standard input is the energy delivered so far.
const readline = require('readline');

const now = () => new Date().toISOString();
const cp = await connect(process.env.CHARGER_URL, 'strom');
const says = (status) => cp.sendStatusNotification({connectorId: 1, errorCode: 'NoError', status});
let transactionId = null;
let meter = 0;

cp.answerRemoteStartTransaction(async (request) => {
  cp.sendResponse(request.uniqueId, {status: 'Accepted'});
  const idTag = request.payload.idTag;
  await says('Preparing');
  const started = await cp.startTransaction(
    {connectorId: 1, idTag, meterStart: meter, timestamp: now()});
  transactionId = started.transactionId;
  await says('Charging');
});

cp.answerRemoteStopTransaction(async (request) => {
  cp.sendResponse(request.uniqueId, {status: 'Accepted'});
  await cp.stopTransaction(
    {transactionId: request.payload.transactionId, meterStop: meter, timestamp: now()});
  await says('Finishing');
  await says('Available');
});

readline.createInterface({input: process.stdin}).on('line', (line) => {
  meter = Number(line);
  cp.meterValues({
    connectorId: 1, transactionId,
    meterValue: [{timestamp: now(), sampledValue: [{value: String(meter)}]}],
  });
});

await cp.sendBootnotification({chargePointVendor: 'em', chargePointModel: 'simulator'});
await cp.sendHeartbeat();
await says('Available');
