import ModelLibrary
import System

/// Says on standard error how a pull goes on: a progress bar on a terminal, lines elsewhere.
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

/// How far a download has come: bytes, bytes a second, time left.
struct DownloadProgress: ProgressReport {
  private let name: String
  /// What was there when the first bytes of this connection came: the speed is that of what came
  /// after it.
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
    var text = "\(name)  \(megabytes(received)) of \(megabytes(total))"
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
