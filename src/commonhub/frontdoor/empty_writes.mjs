// Loaded into the proxy before it starts (node --import).
//
// After the last byte of a request's body node writes once more, nothing at all. On a unix socket even that fails
// (EPIPE) when the hub has answered and closed in the meantime, which happens on a machine with more work than
// cores: node is put to sleep between the two writes. The proxy then threw the hub's answer away and said 503
// about something that was done. What is empty needs no writing.

import net from "node:net";

const write = net.Socket.prototype._write;

net.Socket.prototype._write = function (data, encoding, done) {
  if (data.length === 0) done();
  else write.call(this, data, encoding, done);
};
