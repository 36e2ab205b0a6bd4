import { createTheme } from "@mantine/core";

/** One accent: Mantine's cyan at its darkest is our teal, #0b7285. 14 px text, 8 px grid, lines instead of shadows. */
export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  // Mantine's greys of the dark scheme, in the tones of tokens.css.
  colors: {
    dark: ["#e7ebf1", "#c6ced9", "#9aa5b4", "#6b7686", "#3a4450", "#2e3640", "#20272f", "#191e25", "#151a20", "#11151a"],
  },
  fontFamily: '"Inter Variable", Inter, system-ui, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "16px", xl: "18px" },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Modal: { styles: { title: { fontSize: 16, fontWeight: 650 } } },
    // The focus ring stands 3 px above its field: the label's descenders keep clear of it.
    InputWrapper: { styles: { label: { marginBottom: 3 } } },
    Button: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { withArrow: false, openDelay: 350, events: { hover: true, focus: true, touch: true } } },
    Popover: { defaultProps: { shadow: "sm" } },
    Menu: { defaultProps: { shadow: "sm" } },
  },
});
