import Training

/// The progress of a training run: stage, epoch, loss, images per second, time left.
struct TrainingProgressLine: ProgressReport {
  enum Phase: Sendable {
    case reading
    case teaching
    case features
    case epoch(TrainingProgress)
  }

  var phase: Phase
  var done: Int
  var failed = 0
  /// What was done when the line began, as where an epoch is resumed.
  private let doneBefore: Int
  private let total: Int
  private let start = ContinuousClock.now

  init(_ phase: Phase, done: Int = 0, total: Int) {
    self.phase = phase
    self.done = done
    doneBefore = done
    self.total = total
  }

  func line(at now: ContinuousClock.Instant, width: Int) -> String {
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(max(0, done - doneBefore)) / seconds : 0
    var parts: [String] = []
    var share = total > 0 ? Double(done) / Double(total) : nil
    var secondsLeft = rate > 0 ? Double(max(0, total - done)) / rate : nil
    switch phase {
    case .reading: parts.append("reading \(done)/\(total)")
    case .teaching: parts.append("teacher \(done)/\(total)")
    case .features: parts.append("features \(done)/\(total)")
    case .epoch(let progress):
      if let time = progress.time {
        parts.append(
          "\(DisplayText.percent(time.share, digits: 0)) of the time, epoch \(progress.epoch + 1)")
        share = time.share
        secondsLeft = time.secondsLeft
      } else {
        parts.append("epoch \(progress.epoch + 1)/\(progress.epochs)")
        secondsLeft = progress.secondsLeft > 0 ? progress.secondsLeft : nil
      }
      parts.append(
        "loss \(DisplayText.fixed(progress.loss, 3))  "
          + DisplayText.percent(progress.accuracy, digits: 1))
    }
    parts.append("\(DisplayText.fixed(rate, rate < 10 ? 1 : 0)) images/s")
    if let secondsLeft { parts.append("\(ProgressLine.clock(secondsLeft)) left") }
    if failed > 0 { parts.append("\(failed) failed") }
    return ProgressLine.make(share: share, text: parts.joined(separator: "  "), width: width)
  }
}
