# Where drivers and charge points reach this Strom. To change it, put a file settings.sh with these
# lines into Apps > strom > data (the Files app) and restart the app; updates keep what is in data.
#
#   STROM_PUBLIC_URL=https://strom.example.org
#   STROM_CHARGER_URL=wss://chargers.example.org

strom_hidden_service_file="${EXPORTS_TOR_DATA_DIR}/app-${EXPORTS_APP_ID}/hostname"
strom_hidden_service="$(cat "${strom_hidden_service_file}" 2>/dev/null || echo "notyetset.onion")"
strom_settings="${EXPORTS_APP_DIR}/data/settings.sh"
# An invoice looks the same on both of Bitcoin's test networks.
strom_network="${APP_BITCOIN_NETWORK:-mainnet}"

STROM_PUBLIC_URL=""
STROM_CHARGER_URL=""
if [[ -f "${strom_settings}" ]]; then
  source "${strom_settings}"
fi

export APP_STROM_PUBLIC_URL="${STROM_PUBLIC_URL:-http://${strom_hidden_service}}"
export APP_STROM_CHARGER_URL="${STROM_CHARGER_URL:-ws://${DEVICE_DOMAIN_NAME:-umbrel.local}:9220}"
export APP_STROM_NETWORK="${strom_network/testnet4/testnet}"
