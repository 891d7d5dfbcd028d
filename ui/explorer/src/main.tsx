import "./workers";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { asked } from "./asked";
import { worked } from "./examples";
import { Explorer } from "./explorer";
import { mend } from "./mended";
import { forget } from "./stored";

const examples = await worked();
const place = document.getElementById("explorer")!;

mend(place);
forget();
createRoot(place).render(
  <StrictMode>
    <Explorer examples={examples} initial={asked(examples)} />
  </StrictMode>,
);
