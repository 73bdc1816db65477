// All that em-ocpp-chargepoint-simulator's batch mode can be asked, answered as its README shows.
// What it has no `answer…` for it leaves without an answer.
const now = () => new Date().toISOString();
const cp = await connect(process.env.CHARGER_URL, 'strom');
const boots = () => cp.sendBootnotification({chargePointVendor: 'em', chargePointModel: 'simulator'});
const says = (status) => cp.sendStatusNotification({connectorId: 1, errorCode: 'NoError', status});
const accepts = (request) => cp.sendResponse(request.uniqueId, {status: 'Accepted'});
const configuration = {HeartbeatInterval: '300'};
let key = null;

cp.answerChangeAvailability(async (request) => {
  accepts(request);
  await says(request.payload.type === 'Operative' ? 'Available' : 'Unavailable');
});
cp.answerChangeConfiguration(async (request) => {
  const known = request.payload.key in configuration;
  if (known) configuration[request.payload.key] = request.payload.value;
  cp.sendResponse(request.uniqueId, {status: known ? 'Accepted' : 'NotSupported'});
});
cp.answerGetConfiguration(async (request) => {
  const asked = request.payload.key || Object.keys(configuration);
  cp.sendResponse(request.uniqueId, {
    configurationKey: asked.filter((name) => name in configuration)
      .map((name) => ({key: name, readonly: false, value: configuration[name]})),
    unknownKey: asked.filter((name) => !(name in configuration)),
  });
});
cp.answerClearChargingProfile(async (request) => {
  cp.sendResponse(request.uniqueId, {status: 'Unknown'});
});
cp.answerDataTransfer(async (request) => {
  const known = request.payload.vendorId === 'Strom';
  cp.sendResponse(request.uniqueId, known
    ? {status: 'Accepted', data: request.payload.data} : {status: 'UnknownVendorId'});
});
cp.answerGetDiagnostics(async (request) => {
  cp.sendResponse(request.uniqueId, {fileName: 'foo.txt'});
  await cp.sendDiagnosticsStatusNotification({status: 'Uploading'});
  await cp.sendDiagnosticsStatusNotification({status: 'Uploaded'});
});
cp.answerUpdateFirmware(async (request) => {
  cp.sendResponse(request.uniqueId, {});
  await cp.sendFirmwareStatusNotification({status: 'Downloading'});
  await cp.sendFirmwareStatusNotification({status: 'Downloaded'});
});
cp.answerTriggerMessage('BootNotification', async (request) => {
  accepts(request);
  await boots();
});
cp.answerExtendedTriggerMessage('SignChargePointCertificate', async (request) => {
  accepts(request);
  const made = await cp.generateCsr('/O=Ocpp Simu Inc./CN=the-best-chargepoint');
  key = made.key;
  await cp.sendSignCertificate(
    {csr: made.csr, typeOfCertificate: 'ChargingStationCertificate'});
});
cp.answerCertificateSigned(async (request) => {
  cp.sendResponse(request.uniqueId, {status: key ? 'Accepted' : 'Rejected'});
}, cp.CERTIFICATE_SIGNED_OPTIONS_PEM_ENCODER());
cp.answerReset(async (request) => {
  accepts(request);
  await cp.reConnect();
  await boots();
});

await boots();
await says('Available');
