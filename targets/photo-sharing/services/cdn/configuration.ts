import type { Address } from '../environment.ts';

/** In nginx's directory, which its configuration takes all relative paths from. */
export const CONFIGURATION_FILE = 'nginx.conf';
export const CACHE_FOLDER = 'cache';
/** A named pipe, through which nginx tells of every request. */
export const ACCESS_PIPE = 'access.pipe';

/**
 * What the origin is given to answer. Clients wait 600 ms for an asset: that an origin is silent must be found out well
 * before.
 */
const CONNECT_TIMEOUT_MS = 300;
const ANSWER_TIMEOUT_MS = 400;
/** A silent origin is left alone for this long while there is another one. */
const AVOID_SECONDS = 3;
/** Those who want an asset that is just being fetched wait for it, and then ask for themselves. */
const LOCK_TIMEOUT_MS = 400;
/** What nobody asked for is forgotten, expired or not; longer than any outage that is to be bridged. */
const FORGET_MINUTES = 60;

export interface Configuration {
  listen: Address;
  /** The name under which the origin serves the same assets. */
  originName: string;
  /** Nearest first. */
  origins: readonly Address[];
  /** How long a copy is served before the origin is asked again. */
  ttlSeconds: number;
  /** Serve an expired copy when the origin does not give another one. */
  staleOnError: boolean;
}

/**
 * The configuration of nginx as a cache of /assets/, and of nothing else. Addresses of assets hold the hash of their
 * content, so the path alone is the key, and a copy can be old but never wrong. Nothing of who asks reaches the origin,
 * and nothing of who was answered first is kept.
 */
export function renderConfiguration(configuration: Configuration): string {
  const { listen, originName, origins, ttlSeconds, staleOnError } = configuration;
  return `worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }

http {
  log_format access escape=json '{"path":"$uri","status":$status,"bytes":$body_bytes_sent,"cache":"$upstream_cache_status","origin":"$upstream_status"}';
  access_log ${ACCESS_PIPE} access;
  client_body_temp_path temp-body;
  proxy_temp_path temp-proxy;
  fastcgi_temp_path temp-fastcgi;
  uwsgi_temp_path temp-uwsgi;
  scgi_temp_path temp-scgi;
  proxy_cache_path ${CACHE_FOLDER} keys_zone=assets:4m max_size=256m inactive=${FORGET_MINUTES}m use_temp_path=off;
  server_tokens off;

  upstream origin {
${origins.map((origin, rank) => `    server ${origin.host}:${origin.port} max_fails=1 fail_timeout=${AVOID_SECONDS}s${rank > 0 ? ' backup' : ''};`).join('\n')}
    keepalive 16;
  }

  server {
    listen ${listen.host}:${listen.port};

    location = /healthz {
      access_log off;
      default_type text/plain;
      return 200 serving;
    }

    location /assets/ {
      limit_except GET { deny all; }
      add_header X-Cache $upstream_cache_status always;
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Host ${originName};
      proxy_set_header Connection "";
      proxy_set_header Cookie "";
      proxy_set_header Authorization "";
      proxy_set_header X-Read-Position "";
      proxy_hide_header X-Served-By;
      proxy_hide_header X-Zone;
      proxy_hide_header X-Read-From;
      proxy_hide_header X-Staleness-Ms;
      proxy_connect_timeout ${CONNECT_TIMEOUT_MS}ms;
      proxy_send_timeout ${ANSWER_TIMEOUT_MS}ms;
      proxy_read_timeout ${ANSWER_TIMEOUT_MS}ms;
      proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
      proxy_cache assets;
      proxy_cache_key $uri;
      proxy_cache_valid 200 ${ttlSeconds}s;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
      proxy_hide_header Set-Cookie;
      proxy_cache_lock on;
      proxy_cache_lock_timeout ${LOCK_TIMEOUT_MS}ms;
      proxy_cache_use_stale ${staleOnError ? 'error timeout updating http_500 http_502 http_503 http_504' : 'off'};
    }

    location / { return 404; }
  }
}
`;
}
