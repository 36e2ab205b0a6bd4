// Stereo recordings: two bridge ports (left, right), one WAV file, one writer thread for all recordings.
//
// Invariants: the bridge's clock thread only copies into a bounded ring, it never waits for the disk; the two sides stay
// aligned (when the ring is full both lose the same samples, which become silence in the file); every recording ends with
// exactly one RECORDING_FINISHED or RECORDING_FAILED; the header on disk is never older than about a second, so that a
// killed process leaves a playable file.
#pragma once

#include <string>

#include "bridge_port.hpp"

namespace patchbay {

class Recording;
class RecorderSide;

class StereoRecorder {
public:
    // Owner thread. Creates the file; throws std::runtime_error with the operating system's words when it cannot.
    StereoRecorder(unsigned long long handle, const std::string &path, unsigned rate_hz);
    ~StereoRecorder();  // as stop()
    int left_slot() const { return left_ ? left_->slot() : PJSUA_INVALID_ID; }
    int right_slot() const { return right_ ? right_->slot() : PJSUA_INVALID_ID; }
    // Takes the ports off the bridge; the writer finishes the file and reports.
    void stop();

private:
    std::shared_ptr<Recording> recording_;
    std::unique_ptr<BridgePort> left_, right_;
};

}  // namespace patchbay
