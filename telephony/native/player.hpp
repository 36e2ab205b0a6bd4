// Plays lists of prompts to one listener through the bridge.
//
// Invariant: every play() is followed by exactly one PLAYBACK_FINISHED with its handle: at its end, when stop() or the next
// play() replaces it, or when the player is destroyed.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "bridge_port.hpp"
#include "prompts.hpp"

namespace patchbay {

class PlayerState;

class PromptPlayer {
public:
    explicit PromptPlayer(unsigned rate_hz);  // the bridge's clock rate
    ~PromptPlayer();
    int slot() const { return port_.slot(); }
    // Throws std::runtime_error when a file cannot be read; then what was playing goes on.
    void play(unsigned long long handle, const std::vector<std::string> &files, bool loop);
    void stop();

private:
    unsigned rate_hz_;
    std::shared_ptr<PlayerState> state_;
    BridgePort port_;
};

}  // namespace patchbay
