// Numbers as the driver reads them: the mirror of numbers.py.
const NO_BREAK = "\u00a0";
const SYMBOLS = { EUR: "€", USD: "$", GBP: "£", JPY: "¥" };
const WITHOUT_CENTS = new Set("JPY KRW ISK CLP PYG UGX VND XAF XOF".split(" "));
const MSAT_PER_SAT = 1000;
const A_DAY_S = 18 * 3600;

export class Numbers {
  constructor({ language, currency, rate, zone }) {
    this.language = language;
    this.currency = currency;
    this.rate = Number(rate);
    this.zone = zone;
  }

  plain(value, digits) {
    return value.toLocaleString(this.language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      roundingMode: "halfEven",
    });
  }

  kwh(energyWh) {
    return this.plain(Math.floor(energyWh / 10) / 100, 2);
  }

  energy(energyWh) {
    return `${this.kwh(energyWh)}${NO_BREAK}kWh`;
  }

  about(energyWh) {
    return `${this.plain(Math.floor(energyWh / 100) / 10, 1)}${NO_BREAK}kWh`;
  }

  power(powerW) {
    return `${this.plain(powerW / 1000, 1)}${NO_BREAK}kW`;
  }

  sats(msat) {
    return `${this.plain(Math.floor(msat / MSAT_PER_SAT), 0)}${NO_BREAK}sats`;
  }

  exactSats(msat) {
    return `${this.plain(msat / MSAT_PER_SAT, msat % MSAT_PER_SAT ? 3 : 0)}${NO_BREAK}sats`;
  }

  fiat(msat) {
    if (this.currency === "SAT" || !this.rate) return "";
    const digits = WITHOUT_CENTS.has(this.currency) ? 0 : 2;
    const amount = this.plain(msat / this.rate, digits);
    const symbol = SYMBOLS[this.currency] ?? this.currency;
    if (this.language === "de") return `${amount}${NO_BREAK}${symbol}`;
    return symbol.length === 1 ? `${symbol}${amount}` : `${symbol}${NO_BREAK}${amount}`;
  }

  percent(value) {
    return this.language === "de" ? `${value}${NO_BREAK}%` : `${value}%`;
  }

  duration(seconds) {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (hours) {
      return `${hours}${NO_BREAK}h ${String(minutes % 60).padStart(2, "0")}${NO_BREAK}min`;
    }
    return minutes ? `${minutes}${NO_BREAK}min` : `<${NO_BREAK}1${NO_BREAK}min`;
  }

  time(moment) {
    return this.#local(moment, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  until(moment, secondsLeft) {
    return secondsLeft < A_DAY_S ? this.time(moment) : `${this.date(moment)}, ${this.time(moment)}`;
  }

  date(moment) {
    return this.#local(moment, { day: "numeric", month: "long", year: "numeric" });
  }

  #local(moment, options) {
    const language = this.language === "en" ? "en-GB" : this.language;
    const format = new Intl.DateTimeFormat(language, { ...options, timeZone: this.zone });
    return format.format(moment);
  }
}
