import ModelLibrary
import System

/// Shows the progress of a download on standard error: messages, and a progress line on a terminal.
final class PullProgress {
  private let name: String
  private let console: Console

  init(name: String, console: Console) {
    self.name = name
    self.console = console
  }

  func show(_ event: PullEvent) {
    switch event {
    case .waiting:
      console.note("another process is fetching \(name); waiting for it")
    case .connecting(let address):
      console.note("fetching \(address)")
      if console.canShowProgress { console.startProgress(DownloadProgress(name: name)) }
    case .progress(let received, let total):
      console.updateProgress { (progress: inout DownloadProgress) in
        progress.update(received: received, total: total)
      }
    case .failed(let failure):
      console.endProgress()
      console.note("\(failure.address): \(failure.reason)")
    case .converting:
      console.endProgress()
      console.note("converting \(name)")
    }
  }

  func end() {
    console.endProgress()
  }
}

/// The progress of a download: bytes received, bytes per second, time left.
struct DownloadProgress: ProgressReport {
  private let name: String
  /// When the first bytes of this connection came, and how many bytes were there already. The speed
  /// is computed from what came after that.
  private var start: (time: ContinuousClock.Instant, bytes: Int)?
  private var received = 0
  private var total = 0

  init(name: String) {
    self.name = name
  }

  mutating func update(received: Int, total: Int) {
    if start == nil { start = (.now, received) }
    self.received = received
    self.total = total
  }

  func line(at now: ContinuousClock.Instant, width: Int) -> String {
    guard let start, total > 0 else {
      return ProgressLine.make(share: nil, text: "\(name)  connecting", width: width)
    }
    var text = "\(name)  \(DisplayText.megabytes(received)) of \(DisplayText.megabytes(total))"
    let seconds = (now - start.time) / .seconds(1)
    let speed = seconds > 0 ? Double(received - start.bytes) / seconds : 0
    if speed > 0 {
      let left = ProgressLine.clock(Double(max(0, total - received)) / speed)
      text += "  \(DisplayText.fixed(speed / 1e6, 1)) MB/s  \(left) left"
    }
    return ProgressLine.make(
      share: Double(received) / Double(total), text: text, width: width)
  }
}
