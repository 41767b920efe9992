// An OpenID provider with three users and one machine: provider.mjs ISSUER REDIRECT SECRET-FILE.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [issuer, redirect, secretFile] = process.argv.slice(2);
const secret = readFileSync(secretFile, 'utf8');
const groups = { alice: ['everyone', 'platform'], bob: ['everyone'], eve: ['strangers'] };

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'oci2wasm', client_secret: secret, redirect_uris: [redirect] },
    { client_id: 'robot', client_secret: secret, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  // Claims of scopes stand in the ID token, as most providers have it.
  conformIdTokenClaims: false,
  cookies: { keys: ['key'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (context, resource) => ({ scope: '', audience: resource, accessTokenFormat: 'jwt' }),
    },
  },
  extraTokenClaims: (context, token) => token.clientId === 'robot' ? { name: 'robot', groups: ['everyone'] } : {},
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@team.example`, email_verified: true, groups: groups[id] ?? [] }),
  }),
  pkce: { required: () => true },
  ttl: { ClientCredentials: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
});
provider.listen(new URL(issuer).port, '127.0.0.1');
