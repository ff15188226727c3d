import type { ServerResponse } from "node:http";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

const pagePort = port("BLINDTALLY_PAGE_PORT", 8080);
const apiPort = port("BLINDTALLY_API_PORT", 9000);
const proxyPort = port("BLINDTALLY_PROXY_PORT", 9999);

/** What the page may load: itself, and wasm. Nothing inline, nobody else, and no string ever parsed as markup. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** Below the client's own ten seconds, so that the page learns which part did not answer. */
const ANSWER_DEADLINE_MS = 8_000;

const headers = {
  // A browser ignores frame-ancestors in a <meta>, so only the header carries it.
  "Content-Security-Policy": [...policy, "frame-ancestors 'none'"].join("; "),
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

// Same-origin paths, so that the page needs no CORS and no second origin in its policy.
const forwards = {
  "^/api/": forward("api", "analytics-api", apiPort),
  "^/proxy/": forward("proxy", "secure-proxy", proxyPort),
};

export default defineConfig({
  base: "./",
  appType: "mpa",
  plugins: [policyInPage()],
  // The package finds its .wasm beside its own file; pre-bundling would move one and not the other.
  optimizeDeps: { exclude: ["blindtally"] },
  build: {
    target: "es2022",
    // A data: URI would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", port: pagePort, strictPort: true, proxy: forwards },
  preview: { host: "127.0.0.1", port: pagePort, strictPort: true, headers, proxy: forwards },
});

/** Writes the policy into the built page too, so that it holds on a host that sends no headers. */
function policyInPage(): Plugin {
  return {
    name: "blindtally-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: policy.join("; ") },
        injectTo: "head-prepend",
      },
    ],
  };
}

function forward(prefix: string, upstream: string, upstreamPort: number): ProxyOptions {
  return {
    target: `http://127.0.0.1:${upstreamPort}`,
    // The Host stays that of the page: what the proxy checks it for (DNS rebinding) must not be undone here.
    changeOrigin: false,
    rewrite: (path) => path.slice(prefix.length + 1),
    configure: (proxy) => {
      proxy.on("proxyReq", (request) => {
        request.setTimeout(ANSWER_DEADLINE_MS, () => request.destroy(new LateAnswer()));
      });
      proxy.on("error", (error, _request, response) => {
        if ("writeHead" in response) refuse(response, upstream, error instanceof LateAnswer);
      });
    },
  };
}

/** A part was reached and did not answer in time: it may have done what it was asked. */
class LateAnswer extends Error {}

function refuse(response: ServerResponse, upstream: string, late: boolean): void {
  if (response.headersSent || response.writableEnded) return;
  const error = late
    ? { code: "upstream-timeout", message: "This part did not answer in time.", upstream }
    : { code: "upstream-unavailable", message: "This part cannot be reached.", upstream };
  response
    .writeHead(late ? 504 : 502, { "Content-Type": "application/json", "Cache-Control": "no-store" })
    .end(JSON.stringify({ error }));
}

function port(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new Error(`${variable} must be a port from 1 to 65535, not "${text}"`);
  }
  return value;
}
