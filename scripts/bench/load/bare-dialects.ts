import { ackedSeq } from './acked-seq.ts';
import type { Dialect } from './dialect.ts';
import { maskedFrame, OPCODE } from './masked-frame.ts';
import { vitalsText } from './vitals-text.ts';

/** The same frames to a WebSocket server that knows nothing of them, and acks each or none. */
export const BARE_WEBSOCKET: Dialect = {
  upgrade: { path: '/', subprotocol: null },
  begin: () => ({
    opening: null,
    frame: (seq, t) => maskedFrame(OPCODE.text, vitalsText(seq, t)),
    hear: (opcode, payload) => {
      const seq = opcode === OPCODE.text ? ackedSeq(payload) : null;
      return seq === null ? null : { kind: 'acked', seq };
    },
  }),
};

/** The same bytes into a TLS socket that has no WebSocket on it. */
export const RAW_TLS: Dialect = { ...BARE_WEBSOCKET, upgrade: null };
