import Architecture
import JSON
import System
import Training

/// Shows how a training run goes, on standard error, and writes its log.
final class TrainingReporter {
  private let console: Console
  private let showsProgress: Bool
  private var settings: TrainingSettings?
  private var layers: [String] = []
  var log: TrainingLog?
  /// Photos that could be read before, and then could not.
  private(set) var lost: Set<String> = []
  /// The latest report of a stage whose epochs are too short to be shown one by one.
  private var latest: EpochReport?

  init(console: Console, showsProgress: Bool) {
    self.console = console
    self.showsProgress = showsProgress
  }

  func beginReading(_ total: Int) { show(.reading, total: total) }

  func beginTeaching(_ total: Int) { show(.teaching, total: total) }

  func advance(_ count: Int, failed: Int) {
    console.updateProgress { (line: inout TrainingProgressLine) in
      line.done += count
      line.failed += failed
    }
  }

  func begin(_ settings: TrainingSettings, _ architecture: Architecture) {
    self.settings = settings
    layers = architecture.layers.map(\.name)
  }

  func end() { console.endProgress() }

  private func show(_ phase: TrainingProgressLine.Phase, done: Int = 0, total: Int) {
    guard showsProgress else { return }
    console.startProgress(TrainingProgressLine(phase, done: done, total: total))
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .stage(let index, let stage):
      latest = nil
      let stages = settings?.stages.count ?? 1
      console.note((stages > 1 ? "stage \(index + 1) of \(stages): " : "") + text(stage))
    case .features(let done, let total):
      if done == 0 { return show(.features, total: total) }
      console.updateProgress { (line: inout TrainingProgressLine) in line.done = done }
    case .featuresExceedMemory(let kept, let all):
      console.note(
        "--max-memory has room for the outputs of the layers that are not trained for \(kept) of "
          + "\(DisplayText.counted(all, "view")); those of the others are computed again in each "
          + "epoch, which takes longer")
    case .epochBegins(let progress):
      show(.epoch(progress), done: progress.images, total: progress.imagesOfEpoch)
    case .step(let progress):
      console.updateProgress { (line: inout TrainingProgressLine) in
        line.phase = .epoch(progress)
        line.done = progress.images
      }
    case .epoch(let report): show(report)
    case .stageEnded:
      if let latest { console.note(Self.text(latest, label: "after epoch \(latest.epochOfStage)")) }
      latest = nil
    case .stepTakenBack(let factor, let epochs):
      console.note(
        "the loss exploded: training goes on from where this stage was best, with "
          + "\(DisplayText.fixed(factor, 4)) times the learning rate")
      write { (log) throws(TrainingError) in try log.add(stepTakenBack: factor, backTo: epochs) }
    case .prunedWithoutTraining(let accuracy, let before):
      console.note(
        "the time was over before the end of pruning: the rest was pruned without training after "
          + "that, validation \(DisplayText.percent(accuracy, digits: 1)), before "
          + DisplayText.percent(before, digits: 1))
      write { (log) throws(TrainingError) in
        try log.add(prunedWithoutTraining: accuracy, before: before)
      }
    case .outOfTimeBeforeTraining:
      console.note(
        "the time was over before the first step: the network has learned nothing; give --time more"
      )
    case .unreadable(let path, let reason):
      show(lost: path, reason)
    }
  }

  /// Reports a photo that can no longer be read, once.
  func show(lost path: String, _ reason: String) {
    if lost.insert(path).inserted { console.error("\(path): \(reason)") }
  }

  private func show(_ report: EpochReport) {
    write { (log) throws(TrainingError) in try log.add(report) }
    // Epochs over kept features take a fraction of a second.
    if report.usesKeptFeatures {
      latest = report
      return
    }
    var label = "epoch \(report.epochOfStage)"
    if let time = report.time {
      label +=
        " (\(DisplayText.percent(time.share, digits: 0)) of the time, "
        + "\(ProgressLine.clock(time.secondsLeft)) left)"
    } else {
      label += "/\(report.epochs)"
    }
    var text = Self.text(report, label: label)
    if report.time == nil, report.epochOfStage < report.epochs {
      text += "  \(ProgressLine.clock(report.secondsLeft)) left"
    }
    if let pruning = report.pruning, pruning < 1 {
      text += "  \(DisplayText.percent(pruning, digits: 0)) pruned"
    }
    console.note(text + (report.isBest ? "  best so far" : ""))
  }

  /// A log that cannot be written does not end the training.
  func write(_ body: (TrainingLog) throws(TrainingError) -> Void) {
    guard let log else { return }
    do throws(TrainingError) {
      try body(log)
    } catch {
      console.error("the log is not written: \(error)")
    }
  }

  private static func text(_ report: EpochReport, label: String) -> String {
    "\(label)  loss \(DisplayText.fixed(report.trainingLoss, 3))  validation "
      + "\(DisplayText.percent(report.validationAccuracy, digits: 1)), loss "
      + "\(DisplayText.fixed(report.validationLoss, 3))  "
      + "\(DisplayText.fixed(report.imagesPerSecond, report.imagesPerSecond < 10 ? 1 : 0)) images/s"
  }

  /// What is trained in a stage, and how.
  private func text(_ stage: TrainingStage) -> String {
    let trained = layers.dropFirst(stage.frozenLayers)
    var text =
      stage.frozenLayers == 0
      ? "training all layers"
      : trained.count == 1
        ? "training the last layer, \(trained[trained.startIndex]),"
        : "training the layers after \(layers[stage.frozenLayers - 1])"
    text +=
      stage.epochs >= LearningOptions.anyEpochs
      ? " until the time is over" : " for at most \(DisplayText.counted(stage.epochs, "epoch"))"
    text += ", learning rate \(JSONValue.number(stage.schedule.rate).text)"
    if stage.lastLayerRateFactor != 1 {
      text += " (\(JSONValue.number(stage.lastLayerRateFactor).text) times that for the last layer)"
    }
    if stage.batchNormalization { text += ", with batch normalisation" }
    if stage.sizes.count > 1 {
      text += ", pictures of \(stage.sizes.map(String.init).joined(separator: ", then ")) pixels"
    }
    if stage.frozenLayers > 0 {
      text +=
        "; the outputs of the layers before are kept for "
        + "\(DisplayText.counted(stage.views, "view")) of each photo"
    }
    return text
  }
}
