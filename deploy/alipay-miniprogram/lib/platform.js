// What the platform offers, as promises. `my` is Alipay's; tests give another.

class Failure extends Error {
  // status 0: the desk was not reached. `problem` is its answer (RFC 9457), if it gave one.
  constructor(status, problem) {
    super((problem && problem.title) || `status ${status}`);
    this.status = status;
    this.problem = problem || null;
  }

  // Whether the same may succeed later.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

class Platform {
  constructor(my) {
    this.my = my;
  }

  request(method, url, { token, data, seconds = 15 } = {}) {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    return new Promise((resolve, reject) => {
      this.my.request({
        url, method, headers, data: data === undefined ? undefined : JSON.stringify(data), dataType: "json", timeout: seconds * 1000,
        success: ({ status = 200, data: answer }) => (status < 300 ? resolve(answer) : reject(new Failure(status, answer))),
        fail: ({ status = 0, data: answer }) => reject(new Failure(status, typeof answer === "object" ? answer : null)),
      });
    });
  }

  upload(url, token, path) {
    return new Promise((resolve, reject) => {
      this.my.uploadFile({
        url, filePath: path, fileName: "file", fileType: "image", header: { Authorization: `Bearer ${token}` },
        success: ({ statusCode, data }) => {
          const answer = parsed(data);
          if (Number(statusCode) < 300) resolve(answer);
          else reject(new Failure(Number(statusCode), answer));
        },
        fail: () => reject(new Failure(0)),
      });
    });
  }

  // The code of who the resident is. Who does not agree to the name is asked for no more than being the same next time.
  async code() {
    try {
      return await this.codeOf("auth_user");
    } catch {
      return this.codeOf("auth_base");
    }
  }

  codeOf(scopes) {
    return new Promise((resolve, reject) => {
      this.my.getAuthCode({ scopes: [scopes], success: ({ authCode }) => (authCode ? resolve(authCode) : reject(new Failure(0))), fail: () => reject(new Failure(0)) });
    });
  }

  // Alipay's places are in the datum of Chinese maps.
  place() {
    return new Promise((resolve, reject) => {
      this.my.getLocation({
        type: 0,
        success: ({ latitude, longitude }) => resolve({ lat: round(latitude), lon: round(longitude), datum: "gcj02" }),
        fail: ({ error }) => reject(new Error(error === 11 || error === 2001 ? "denied" : "failed")),
      });
    });
  }

  picture() {
    return new Promise((resolve, reject) => {
      this.my.chooseImage({ count: 1, success: ({ apFilePaths, tempFilePaths }) => resolve((tempFilePaths || apFilePaths)[0]), fail: () => reject(new Error("none")) });
    });
  }

  // Alipay's result. That an order is paid the desk hears from Alipay alone, never from here.
  pay(tradeNO) {
    return new Promise((resolve) => {
      this.my.tradePay({ tradeNO, success: ({ resultCode }) => resolve(String(resultCode)), fail: () => resolve("4000") });
    });
  }

  // Whether this version of Alipay asks for messages at all.
  get subscribes() {
    return this.my.canIUse("requestSubscribeMessage");
  }

  // Whether the resident agreed to messages of a template.
  subscribe(template) {
    return new Promise((resolve) => {
      this.my.requestSubscribeMessage({ entityIds: [template], success: ({ behavior }) => resolve(behavior === undefined || behavior === "subscribe"), fail: () => resolve(false) });
    });
  }

  read(name) {
    const { data } = this.my.getStorageSync({ key: name });
    return data === undefined ? null : data;
  }

  write(name, data) {
    if (data === null) this.my.removeStorageSync({ key: name });
    else this.my.setStorageSync({ key: name, data });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// About a metre.
function round(degrees) {
  return Math.round(Number(degrees) * 1e5) / 1e5;
}

module.exports = { Platform, Failure };
