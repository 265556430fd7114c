/// The progress of activation maximisation: the picture, its steps, the time left.
struct VisualizationProgress: ProgressReport {
  /// What the picture shows.
  var label = ""
  /// Steps of all pictures.
  var done = 0
  let total: Int
  private let start = ContinuousClock.now

  init(total: Int) { self.total = total }

  func line(at now: ContinuousClock.Instant, width: Int) -> String {
    let seconds = (now - start) / .seconds(1)
    var parts = [label, "step \(done)/\(total)"]
    if done > 0 {
      parts.append(
        "\(ProgressLine.clock(seconds / Double(done) * Double(max(0, total - done)))) left")
    }
    return ProgressLine.make(
      share: total > 0 ? Double(done) / Double(total) : nil, text: parts.joined(separator: "  "),
      width: width)
  }
}
