"""Text to speech: adapters behind `core.ports.PromptSpeaker`, and the sound they make."""
