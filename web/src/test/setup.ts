// Renders must not leak from one test into the next; a busy machine may take its time over a page's code.
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

configure({ asyncUtilTimeout: 8_000 });
afterEach(cleanup);
