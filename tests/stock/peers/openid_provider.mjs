// oidc-provider, a certified OpenID provider of others, for one client. Arguments: port, where people are sent back to.
import Provider from 'oidc-provider';

const [port, back] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'citydesk',
    client_secret: 'a-secret-of-the-peer',
    redirect_uris: [back],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  async findAccount(ctx, id) {
    return { accountId: id, claims: async () => ({ sub: `person-${id}`, preferred_username: id }) };
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
