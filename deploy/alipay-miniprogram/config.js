// What one city's mini program needs to know. `desk account connect <account>` says what to write here.
module.exports = {
  desk: "https://desk.example.gov.cn", // where the desk is reached: also entered as a server domain at open.alipay.com
  account: "city_alipay", // the account's name at the desk
  newsTemplate: "", // the id of the long-term message template; empty: no news are offered
};
