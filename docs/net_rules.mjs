// Whom a guest may reach, and which ports are published (docs/NETWORK.md). The same as module net has in Java; both are
// tested with the same vectors.

const GATEWAY = '10.0.2.2';
const GATEWAY_IPV6 = 'fd00:6f32:0:0:0:0:0:2';
export const LOOPBACK = '127.0.0.1';
const KEPT_SECONDS = 600;
const MOST_KEPT = 256;
const OCTET = /^(0|[1-9][0-9]{0,2})$/;
const NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?![0-9]+$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

function octets(text) {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => OCTET.test(part) && part < 256) ? parts.map(Number) : null;
}

function groups(text, last) {
  const bytes = [];
  const parts = text === '' ? [] : text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(parseInt(part, 16) >> 8, parseInt(part, 16) & 255);
    else {
      const four = last && i === parts.length - 1 ? octets(part) : null;
      if (!four) return null;
      bytes.push(...four);
    }
  }
  return bytes;
}

/** The bytes of an address in digits, null for anything else. IPv4 written as IPv6 (::ffff:a.b.c.d) is that IPv4. */
export function parseAddress(text) {
  if (!text.includes(':')) return octets(text);
  const gap = text.indexOf('::');
  const head = groups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2), true);
  const length = head && tail ? head.length + tail.length : -1;
  if (length < 0 || (gap < 0 ? length !== 16 : length > 14)) return null;
  return unmapped([...head, ...new Array(16 - length).fill(0), ...tail]);
}

/** IPv4 written as IPv6 (::ffff:a.b.c.d) is that IPv4. */
export function unmapped(bytes) {
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** One way to write each address: four numbers, or eight groups. */
export function formatAddress(bytes) {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) => (bytes[2 * i] * 256 + bytes[2 * i + 1]).toString(16)).join(':');
}

function parseBlock(text) {
  const [, address, length] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const first = address === undefined ? null : parseAddress(address);
  const bits = first && Number(length ?? first.length * 8);
  return first && bits <= first.length * 8 ? { first, bits } : null;
}

function contains({ first, bits }, bytes) {
  if (bytes.length !== first.length) return false;
  for (let i = 0; i < bits; i++) if (((bytes[i >> 3] ^ first[i >> 3]) >> (7 - (i & 7))) & 1) return false;
  return true;
}

// What is not the public internet (IANA's registries of special-purpose addresses). ::/96, 2001::/23 (Teredo) and
// 2002::/16 (6to4) hide IPv4; of IPv6 only 2000::/3 is public.
const SPECIAL = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4',
  '240.0.0.0/4', '::1/128', '::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/23', '2001:db8::/32',
  '2002::/16', '3fff::/20', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8', '::/3', '4000::/2', '8000::/1',
].map(parseBlock);
const NAT64 = parseBlock('64:ff9b::/96');

/** The smallest special block that an address is in; null if it is public. */
export function specialBlock(bytes) {
  if (contains(NAT64, bytes) && !specialBlock(bytes.slice(12))) return null;
  const isatap = bytes.length === 16 && (bytes[8] & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  if (isatap) return { first: bytes, bits: 128 };
  const blocks = SPECIAL.filter((block) => contains(block, bytes));
  return blocks.reduce((best, block) => (best && best.bits >= block.bits ? best : block), null);
}

function parseName(text) {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.length <= 253 && NAME.test(name) ? name : null;
}

function parsePort(text) {
  return /^[0-9]{1,5}$/.test(text) && text >= 1 && text <= 65535 ? Number(text) : 0;
}

function parseAllow(text) {
  const wrong = new Error(`--allow ${text}: expected HOST[:PORT] or CIDR[:PORT], for example registry.example:443, 10.1.2.0/24 or [fd00::1]:5432`);
  const bracketed = /^\[([^\]]*)\]([^:]*)(?::(.*))?$/s.exec(text);
  const single = /^([^:]*):([^:]*)$/s.exec(text);
  const [host, word] = bracketed ? [bracketed[1] + bracketed[2], bracketed[3]] : single ? [single[1], single[2]] : [text];
  const port = word === undefined ? 0 : parsePort(word);
  if (word !== undefined && !port) throw wrong;
  const block = parseBlock(host);
  if (block) return { block, port };
  const name = parseName(host);
  if (!name) throw wrong;
  if (name === 'host-gateway' && !port) throw new Error(`--allow ${text}: found no port, expected host-gateway:PORT`);
  return { name, port };
}

function parseHost(text) {
  const [, name, address] = /^([^:]*):(.*)$/s.exec(text) ?? ['', '', ''];
  const bytes = address === 'host-gateway' ? parseAddress(GATEWAY) : parseAddress(address);
  if (!parseName(name) || !bytes) throw new Error(`--add-host ${text}: expected NAME:IP or NAME:host-gateway, for example db:10.1.2.3`);
  return { name: parseName(name), address: formatAddress(bytes) };
}

/** Whom a guest may reach. Addresses come in as bytes and go out as text. */
export class Rules {
  #bridge;
  #allow;
  #hosts = new Map();
  #given = new Map();

  constructor({ bridge, allow, addHost }) {
    this.#bridge = bridge;
    this.#allow = allow.map(parseAllow);
    for (const { name, address } of addHost.map(parseHost)) this.#hosts.set(name, [...(this.#hosts.get(name) ?? []), address]);
  }

  pinned(name) {
    return this.#hosts.get(parseName(name)) ?? [];
  }

  mayResolve(text) {
    const name = parseName(text);
    return name !== null && (this.#bridge || this.#allow.some((rule) => rule.block || rule.name === name));
  }

  /** Those answers for a name that may be reached; a rule for the name reaches public addresses only. */
  give(text, answers, seconds) {
    const name = parseName(text);
    if (name === null) return [];
    const named = this.#allow.some((rule) => rule.name === name);
    const told = answers.filter((bytes) => (!specialBlock(bytes) && (this.#bridge || named)) || this.#allow.some((rule) => covers(rule, bytes)));
    if (named) {
      // What a block alone permits is not remembered: the name's rule has other ports.
      const given = this.#given.get(name) ?? new Map();
      this.#given.set(name, given);
      for (const address of told.filter((bytes) => !specialBlock(bytes)).map(formatAddress)) {
        given.delete(address);
        given.set(address, seconds);
        if (given.size > MOST_KEPT) given.delete(given.keys().next().value);
      }
    }
    return told.map(formatAddress);
  }

  /** Where a connection to an address leads, `{ host, port }`; null if the rules forbid it. */
  target(bytes, port, seconds) {
    if (!port) return null;
    const address = formatAddress(bytes);
    const ported = this.#allow.filter((rule) => rule.port === 0 || rule.port === port);
    if (address === GATEWAY || address === GATEWAY_IPV6) {
      const named = ported.some(({ name, port: only }) => only && name && (name === 'host-gateway' || this.pinned(name).includes(GATEWAY)));
      return named ? { host: LOOPBACK, port } : null;
    }
    const has = ({ name }) => name && (this.pinned(name).includes(address) || seconds - (this.#given.get(name)?.get(address) ?? -Infinity) < KEPT_SECONDS);
    const allowed = ported.some((rule) => covers(rule, bytes) || has(rule)) || (this.#bridge && !specialBlock(bytes));
    return allowed ? { host: address, port } : null;
  }
}

// A block names special addresses only if it is a part of their block: who allows 0.0.0.0/0 does not mean loopback.
function covers({ block }, bytes) {
  return Boolean(block) && contains(block, bytes) && block.bits >= (specialBlock(bytes)?.bits ?? 0);
}

/** docker's [[IP:][HOST]:]PORT[-PORT][/tcp|udp]; without an address it is bound to loopback. */
export function parsePublished(word) {
  const wrong = (why) => new Error(`-p ${word}: ${why}`);
  const match = /^(?:(?:([0-9.]*|\[[0-9a-fA-F:.]+\]):)?([0-9]*(?:-[0-9]+)?):)?([0-9]+(?:-[0-9]+)?)(?:\/(tcp|udp))?$/.exec(word);
  if (!match) throw wrong('expected [[IP:][HOST]:]PORT[-PORT][/tcp|udp], for example 8080:80');
  const [, ip, host, guest, kind] = match;
  const address = parseAddress(ip ? ip.replace(/[[\]]/g, '') : LOOPBACK);
  if (!address) throw wrong(`found address ${ip}, expected one in digits`);
  const range = (text) => {
    const [first, last = first] = text.split('-').map(parsePort);
    if (!first || !last || last < first) throw wrong(`found ports ${text}, expected 1 to 65535`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  };
  const inner = range(guest);
  const outer = host ? range(host) : inner.map(() => 0);
  if (outer.length !== inner.length || inner.length > 1024) {
    throw wrong(`found ${outer.length} ports of the host and ${inner.length} of the container, expected as many, at most 1024`);
  }
  return inner.map((port, i) => ({ bind: formatAddress(address), host: outer[i], guest: port, udp: kind === 'udp' }));
}
