// A mail server of the tests.
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** An e-mail as it was handed over. */
export interface Received {
  to: string[];
  text: string;
}

/** A running one. Nobody is known whose name begins with "nobody". */
export interface Post {
  /** As Switchboard is told of it. */
  url: string;
  /** What has come for somebody of that address. */
  of(address: string): Received[];
  stop(): Promise<void>;
}

/** Starts one on a port that the system chooses. */
export async function openPost(): Promise<Post> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, _session, done) {
      done(address.startsWith("nobody") ? Object.assign(new Error("5.1.1 Nobody of that name here"), { responseCode: 550 }) : undefined);
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(pieces).toString() });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp+plain://127.0.0.1:${port}`,
    of: (address) => received.filter(({ to }) => to.includes(address)),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
