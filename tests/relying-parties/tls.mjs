// Terminates TLS in front of the service, as a proxy in production would.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [port, target] = process.argv.slice(2).map(Number);
const here = (file) => fs.readFileSync(new URL(`./pki/${file}`, import.meta.url));
https
  .createServer({ key: here('server.key'), cert: here('server.crt') }, (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress };
    const onward = http.request({ host: '127.0.0.1', port: target, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  })
  .listen(port, '127.0.0.1');
