// A Node.js server that does what the path says, for the tests of the HTTP client.
const https = require("https"), fs = require("fs"), zlib = require("zlib");
const seen = { connections: 0, present: 0, most: 0, requests: [] };
const text = "answer ".repeat(50);
const packers = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync };

const server = https.createServer({ key: fs.readFileSync(process.argv[2]), cert: fs.readFileSync(process.argv[3]) },
  (request, response) => {
    const url = new URL(request.url, "https://x"), what = url.pathname.slice(1);
    request.resume();
    if (what === "seen") return response.end(JSON.stringify({ ...seen, requests: seen.requests.length }));
    seen.present += 1;
    seen.most = Math.max(seen.most, seen.present);
    request.socket.count = (request.socket.count || 0) + 1;
    seen.requests.push(`${request.method} ${what}`);
    response.on("close", () => { seen.present -= 1; });
    if (what in packers) {
      response.setHeader("Content-Encoding", what);
      response.end(packers[what](text));
    } else if (what === "chunks") {
      response.write("one ");
      setTimeout(() => { response.write("two "); response.end("three"); }, 20);
    } else if (what === "early") {
      response.writeEarlyHints({ link: "</a.css>; rel=preload; as=style" }, () => response.end("after the hints"));
    } else if (what === "until-close") {
      response.useChunkedEncodingByDefault = false;
      response.setHeader("Connection", "close");
      response.write("it lasts ");
      setTimeout(() => response.end("until the connection closes"), 20);
    } else if (what === "cut") {
      response.setHeader("Content-Length", 1000);
      response.write("half an answer", () => setTimeout(() => request.socket.destroy(), 20));
    } else if (what === "stale") {
      if (request.socket.count > 1) request.socket.destroy(); else response.end(`connection ${seen.connections}`);
    } else if (what === "slow") {
      setTimeout(() => response.end("at last"), Number(url.searchParams.get("ms")));
    } else if (what === "drip") {
      response.write("a drop ");
      const drip = setInterval(() => response.write("a drop "), 50);
      response.on("close", () => clearInterval(drip));
    } else if (what === "cookie") {
      response.setHeader("Set-Cookie", ["a=1; path=/", "b=2; path=/; HttpOnly; SameSite=None"]);
      response.end();
    } else if (what === "moved") {
      response.writeHead(303, { Location: "/hello?from=moved", "Set-Cookie": "moved=1; path=/" });
      response.end("see there");
    } else if (what === "cookies") {
      response.end(request.headers.cookie || "none");
    } else if (what === "no-early-bird") {
      response.end("x", () => setTimeout(() => request.socket.end(), 20));
    } else response.end(what);
  });
server.on("secureConnection", () => { seen.connections += 1; });
server.keepAliveTimeout = 60000;

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on("end", () => process.exit()).resume();
