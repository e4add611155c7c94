// Sends a photo by tus-js-client over a line that breaks once in its middle; says what the client asked for.
//   node tus-client.mjs SERVER PATH SECRET FILE BREAK-AFTER-BYTES
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Upload } from 'tus-js-client';

const [server, path, secret, file, breakAfter] = process.argv.slice(2);
const { hostname, port } = new URL(server);
let breaks = 0;

/** Hands everything on; of the first piece of the photo only so many bytes, and both ends are cut when the server has seen that. */
const line = createServer((near) => {
  const far = connect(Number(port), hostname);
  let left = Infinity;
  near.on('data', (bytes) => {
    if (left <= 0) return;
    if (!breaks && bytes.includes('PATCH ')) {
      breaks += 1;
      left = bytes.indexOf('\r\n\r\n') + 4 + Number(breakAfter);
    }
    far.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) far.end();
  });
  far.on('data', (bytes) => {
    if (left > 0) near.write(bytes);
  });
  far.on('close', () => near.destroy());
  near.on('close', () => far.end());
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
});
await new Promise((open) => line.listen(0, '127.0.0.1', open));

const asked = [];
await new Promise((done, failed) => {
  new Upload(readFileSync(file), {
    endpoint: `http://127.0.0.1:${line.address().port}${path}`,
    headers: { 'X-Report-Secret': secret },
    retryDelays: [200, 1000, 5000],
    onAfterResponse: (request, response) => {
      asked.push([request.getMethod(), response.getStatus(), request.getHeader('Upload-Offset') ?? null]);
    },
    onError: failed,
    onSuccess: done,
  }).start();
});
console.log(JSON.stringify({ breaks, asked }));
process.exit(0);
