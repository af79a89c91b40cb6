// The entry: the reader's choices before the first paint, then data, events and the router.
import "./styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { retryMayHelp } from "./api/client";
import { listen } from "./events";
import { startPreferences } from "./preferences";
import { createAppRouter } from "./router";
import { trustOwnScripts } from "./trustedTypes";

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 30_000, retry: retryMayHelp, refetchOnWindowFocus: false } },
});

const router = createAppRouter();
startPreferences();
trustOwnScripts();
listen(queries);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
