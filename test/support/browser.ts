// A real Chromium, from npm. It is unpacked into a folder of this process's own, so that two test files, or two people
// on one machine, are not in each other's way, and nothing stays behind.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

// In a single process, closing a context would end the browser; the others would hide what a page must not do.
const misleading = ['--single-process', '--disable-web-security', '--allow-running-insecure-content'];
// A graphics card in software takes half of the processor's time to draw what plain software draws as well; without a
// zygote every page starts the program anew.
const slow = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--in-process-gpu',
  '--no-zygote',
];
const unwanted = new Set([...misleading, ...slow]);

export interface TestBrowser {
  browser: Browser;
  close(): Promise<void>;
}

export async function launchBrowser(...args: string[]): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-browser-'));
  const executablePath = await unpackedInto(folder);
  const browser = await playwright.launch({
    args: [
      ...chromium.args.filter((arg) => !unwanted.has(arg)),
      '--disable-gpu',
      '--disable-background-networking',
      ...args,
    ],
    executablePath,
    headless: true,
  });
  const close = async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { browser, close };
}

/** The package unpacks into the temporary folder of the moment, and takes what it finds there for whole. */
async function unpackedInto(folder: string): Promise<string> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
