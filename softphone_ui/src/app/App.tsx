import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";

import { ApiError } from "../api/client";
import { endVisit } from "../api/visit";
import { say } from "../common/say";
import { Boundary } from "./Boundary";
import { Root } from "./Root";
import { theme } from "./theme";

const queries: QueryClient = new QueryClient({
  // A session that ran out is noticed by whichever request comes first.
  queryCache: new QueryCache({ onError: (error) => signedOut(error) && endVisit(queries, error.reason) }),
  defaultOptions: {
    queries: { retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 1, refetchOnWindowFocus: false, retryDelay: 400 },
  },
  // What a person asked for and did not happen is always said, in one place.
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (signedOut(error) && mutation.meta?.silent !== true) endVisit(queries, error.reason);
      else if (mutation.meta?.silent !== true) say.failure(error);
    },
  }),
});

function signedOut(error: Error): error is ApiError {
  return error instanceof ApiError && error.status === 401;
}

/** The composition root of the page. */
export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-left" limit={3} autoClose={5000} />
      <QueryClientProvider client={queries}>
        <Boundary>
          <Root />
        </Boundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}
