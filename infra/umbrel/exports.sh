# Where drivers and charge points reach this Strom. To change it, write these lines into
# data/settings.sh beside this file and restart the app; updates keep what is in data.
#
#   STROM_PUBLIC_URL=https://strom.example.org
#   STROM_CHARGER_URL=wss://chargers.example.org

strom_hidden_service_file="${EXPORTS_TOR_DATA_DIR}/app-${EXPORTS_APP_ID}/hostname"
strom_hidden_service="$(cat "${strom_hidden_service_file}" 2>/dev/null || echo "notyetset.onion")"
strom_settings="${EXPORTS_APP_DIR}/data/settings.sh"

STROM_PUBLIC_URL=""
STROM_CHARGER_URL=""
if [[ -f "${strom_settings}" ]]; then
  source "${strom_settings}"
fi

export APP_STROM_PUBLIC_URL="${STROM_PUBLIC_URL:-http://${strom_hidden_service}}"
export APP_STROM_CHARGER_URL="${STROM_CHARGER_URL:-ws://${DEVICE_DOMAIN_NAME:-umbrel.local}:9220}"
