// Answers GET /<name>/<ms> after so many milliseconds and keeps how long it really took, from the request's arrival to
// the answer's departure: the truth that a load generator's recordings are held against.
// node slow_server.cjs CHAIN KEY -> one line {"port": ...}; GET /truth tells; ends with its standard input.
//
// It speaks just enough HTTP by itself: what node:https keeps of every request on its way is copied by each collection
// of young garbage, 10 to 25 ms every second, in which a request has arrived and this book does not know it yet.
const fs = require("node:fs");
const tls = require("node:tls");
const { performance } = require("node:perf_hooks");

const took = new Map(); // path -> milliseconds of each answer

function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function truth() {
  const told = {};
  for (const [path, times] of took) {
    const sorted = Float64Array.from(times).sort();
    told[path] = { n: sorted.length, p50_ms: percentile(sorted, 50), p99_ms: percentile(sorted, 99) };
  }
  return JSON.stringify(told);
}

function answer(body, more = "") {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`,
  );
}

const ANSWER = answer(JSON.stringify({ value: [], filler: "x".repeat(3000) }));

function asked(socket, head) {
  const arrived = performance.now();
  if (!head.startsWith("GET /") || !head.endsWith("\r\n\r\n")) {
    // A request in pieces, or one with a body: nothing here reads those.
    socket.destroy();
    return;
  }
  const path = head.slice(4, head.indexOf(" ", 4));
  if (path === "/truth") {
    socket.end(answer(truth(), "Connection: close\r\n"));
    return;
  }
  setTimeout(() => {
    socket.write(ANSWER);
    if (!took.has(path)) took.set(path, []);
    took.get(path).push(performance.now() - arrived);
  }, Number(path.slice(path.lastIndexOf("/") + 1)));
}

const options = { cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3]), noDelay: true };
const server = tls.createServer(options, (socket) => {
  socket.on("data", (data) => asked(socket, data.latin1Slice()));
  socket.on("error", () => socket.destroy()); // gone in the middle
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log(JSON.stringify({ port: server.address().port, version: process.version }));
});
process.stdin.on("end", () => process.exit(0)).resume();
