// A person with a client that follows Element's rules of 2026: keys only for devices that their account signed (MSC4153).
// Reads one JSON command a line: {"enter": {...}} logs in, {"room": bot} makes an encrypted room, {"ask": text} waits for
// the reply. Writes one JSON line for each.
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { CryptoEvent, EventShieldColour, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel("silent");
for (const name of ["debug", "info", "log", "trace", "warn"]) console[name] = () => {};

let client, room, bot;

const until = (emitter, event, accept) =>
  new Promise((resolve) => {
    const listen = (...args) => {
      if (accept(...args)) {
        emitter.off(event, listen);
        resolve(args);
      }
    };
    emitter.on(event, listen);
  });

const commands = {
  async enter({ url, user, password }) {
    const login = await sdk.createClient({ baseUrl: url }).loginRequest({
      type: "m.login.password",
      identifier: { type: "m.id.user", user },
      password,
    });
    client = sdk.createClient({
      baseUrl: url,
      userId: login.user_id,
      deviceId: login.device_id,
      accessToken: login.access_token,
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const crypto = client.getCrypto();
    crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: (request) =>
        request({ type: "m.login.password", identifier: { type: "m.id.user", user }, password }),
    });
    const synced = until(client, "sync", (state) => state === "PREPARED");
    await client.startClient({ threadSupport: true });
    await synced;
    return { user: login.user_id };
  },

  async room(invited) {
    bot = invited;
    const made = await client.createRoom({
      invite: [bot],
      is_direct: true,
      initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    });
    room = made.room_id;
    const here = () => client.getRoom(room)?.getMember(bot)?.membership === "join";
    if (!here()) await until(client, "RoomMember.membership", here);
    return { room };
  },

  async ask(text) {
    const ours = {};
    const answered = new Promise((resolve) => {
      const look = (event) => {
        const about = event.getWireContent()["m.relates_to"]?.["m.in_reply_to"]?.event_id;
        if (event.getSender() !== bot || !ours.id || about !== ours.id) return;
        if (event.isBeingDecrypted() || event.isEncrypted() && !event.getClearContent() && !event.isDecryptionFailure()) return;
        client.off("Event.decrypted", look);
        client.off("event", look);
        resolve(event);
      };
      client.on("Event.decrypted", look);
      client.on("event", look);
    });
    ours.id = (await client.sendTextMessage(room, text)).event_id;
    const event = await answered;
    const info = await client.getCrypto().getEncryptionInfoForEvent(event);
    return {
      body: event.getContent().body,
      encrypted: event.isEncrypted(),
      failed: event.isDecryptionFailure(),
      shield: info && EventShieldColour[info.shieldColour],
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [[name, argument]] = Object.entries(JSON.parse(line));
  try {
    process.stdout.write(JSON.stringify(await commands[name](argument)) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error?.stack ?? error) }) + "\n");
  }
}
client?.stopClient();
process.exit(0);
