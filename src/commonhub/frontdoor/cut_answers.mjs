// Loaded into the proxy before it starts (node --import).
//
// When a hub or server dies in the middle of an answer, http-proxy-3 leaves the browser's connection open and
// silent until a timeout, because a pipe does not carry the end of a source that broke off. The browser would
// show a page or a download that never ends. Here the break is passed on: the browser's connection is cut too,
// which every client understands as a failed transfer and may try again.

import http from "node:http";

const pipe = http.IncomingMessage.prototype.pipe;

http.IncomingMessage.prototype.pipe = function (sink, ...rest) {
  if (sink instanceof http.ServerResponse) {
    this.once("close", () => {
      if (!this.complete) sink.destroy();
    });
  }
  return pipe.call(this, sink, ...rest);
};
