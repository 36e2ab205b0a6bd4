import { describe, expect, it } from "vitest";

import { secureAddress, systemOf } from "./secure";

describe("the address behind the page that helps to trust", () => {
  it.each([
    ["http://192.168.1.5:8080/secure?to=/desk", "https://192.168.1.5:8080/desk"],
    ["http://pbx.local/secure?to=/invitation#one-time", "https://pbx.local/invitation#one-time"],
    ["http://pbx.local:8080/secure", "https://pbx.local:8080/"],
    ["http://pbx.local/secure?to=%2Fcalls%2Fcall_1", "https://pbx.local/calls/call_1"],
    ["http://pbx.local/secure?to=//elsewhere.example/desk", "https://pbx.local/"],
    ["http://pbx.local/secure?to=https://elsewhere.example/", "https://pbx.local/"],
    ["http://pbx.local/secure?to=javascript:alert(1)", "https://pbx.local/"],
    ["http://[2001:db8::5]:8080/secure?to=/board", "https://[2001:db8::5]:8080/board"],
  ])("%s leads to %s", (href, expected) => {
    expect(secureAddress(href).href).toBe(expected);
  });
});

describe("whose instructions come first", () => {
  it.each([
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36", "windows"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "firefox"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "macos"],
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36", "linux"],
    ["Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36", "android"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "ios"],
  ])("%s is %s", (userAgent, expected) => {
    expect(systemOf(userAgent)).toBe(expected);
  });
});
