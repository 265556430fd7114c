import Images
public import JSON

/// The log of a training run in its folder: `log.jsonl`, an object for the run and then one an
/// epoch, and the learning curves as `curves.svg` and `curves.png`.
public final class TrainingLog {
  private let folder: TrainingFolder
  private var lines: [JSONValue]
  /// Whether the file has the lines so far, and no others.
  private var isWritten = false
  private static let name = TrainingFolder.Report.log.rawValue
  private static let prunedAtEnd = "pruned_without_training"
  private static let takenBack = "step_taken_back"
  private static let afterEpoch = "after_epoch"
  private static let rateFactor = "rate_factor"
  private var lastDrawing: ContinuousClock.Instant?
  /// The shortest time between two drawings: some epochs are shorter.
  private static let drawingInterval = Duration.seconds(5)

  /// - Parameters:
  ///   - run: what decides the result of the run.
  ///   - epochs: how many epochs were over where a run goes on; nil for a new run.
  public init(_ folder: TrainingFolder, run: JSONValue, continuingAfter epochs: Int?) {
    self.folder = folder
    lines = [["run": run]]
    guard let epochs else { return }
    // Epochs after the checkpoint come again, as does the end, and a damaged line is dropped.
    let before = folder.lines(of: Self.name).compactMap { try? JSONValue.parse($0) }
    lines += before.filter { line in
      ["run", "result", Self.prunedAtEnd].allSatisfy { line[$0] == nil }
    }
    dropEpochs(after: epochs)
  }

  /// Drops what came after an epoch.
  private func dropEpochs(after epoch: Int) {
    lines.removeAll { line in
      let number = line["epoch"] ?? line[Self.takenBack]?[Self.afterEpoch]
      return (number?.integer).map { $0 > epoch } ?? false
    }
    isWritten = false
  }

  /// Adds an epoch, and draws the learning curves anew where they are older than a few seconds.
  ///
  /// - Throws: ``TrainingError``.
  public func add(_ report: EpochReport) throws(TrainingError) {
    try append(report.json)
    let now = ContinuousClock.now
    if lastDrawing.map({ now - $0 >= Self.drawingInterval }) ?? true { try drawCurves() }
  }

  /// Draws the learning curves of all epochs so far.
  ///
  /// - Throws: ``TrainingError``.
  public func drawCurves() throws(TrainingError) {
    lastDrawing = .now
    let points = lines.compactMap(LearningCurves.Point.init)
    guard !points.isEmpty else { return }
    let drawing = LearningCurves(points).drawing
    try folder.write(.curves, Array(drawing.svg.utf8))
    let picture: [UInt8]
    do throws(ImageDecodingError) {
      picture = try drawing.picture.pngFile()
    } catch {
      throw .noCurves(error.description)
    }
    try folder.write(.curvesPicture, picture)
  }

  /// Adds that a step was taken back, and drops the epochs that come again. A run that goes on from
  /// before such a step comes to it again, and has one line for it.
  ///
  /// - Parameter epochs: how many epochs were over at the checkpoint.
  /// - Throws: ``TrainingError``.
  public func add(
    stepTakenBack rateFactor: Double, backTo epochs: Int
  ) throws(TrainingError) {
    dropEpochs(after: epochs)
    lines.removeAll { line in
      guard let earlier = line[Self.takenBack], earlier[Self.afterEpoch]?.integer == epochs,
        let factor = earlier[Self.rateFactor]?.double
      else { return false }
      return factor <= rateFactor
    }
    try append([
      Self.takenBack: [Self.afterEpoch: .integer(epochs), Self.rateFactor: .number(rateFactor)]
    ])
  }

  /// Adds that the network was cut down at the end, without training after that.
  ///
  /// - Throws: ``TrainingError``.
  public func add(
    prunedWithoutTraining accuracy: Double, before: Double
  ) throws(TrainingError) {
    try append([
      Self.prunedAtEnd: [
        "validation_accuracy": .number(accuracy), "before": .number(before),
      ]
    ])
  }

  /// Adds the result.
  ///
  /// - Throws: ``TrainingError``.
  public func add(result: JSONValue) throws(TrainingError) { try append(["result": result]) }

  private func append(_ line: JSONValue) throws(TrainingError) {
    lines.append(line)
    let hadAll = isWritten
    // A full disk may take half a line. The next one then writes the file anew.
    isWritten = false
    if hadAll {
      try folder.append(Self.name, Array((line.text + "\n").utf8))
    } else {
      try folder.write(Self.name, Array(lines.map { $0.text + "\n" }.joined().utf8))
    }
    isWritten = true
  }
}

extension EpochReport {
  var json: JSONValue {
    [
      "epoch": .integer(epoch), "stage": .integer(stage + 1), "size": .integer(size),
      "rate": .number(rate),
      "training_loss": .number(trainingLoss), "training_accuracy": .number(trainingAccuracy),
      "validation_loss": .number(validationLoss),
      "validation_accuracy": .number(validationAccuracy), "best": .bool(isBest),
      "images_per_second": .number(imagesPerSecond),
    ]
  }
}

extension LearningCurves.Point {
  /// An epoch of a log; nil for any other line.
  fileprivate init?(_ line: JSONValue) {
    guard let epoch = line["epoch"]?.integer, let training = line["training_loss"]?.double,
      let validation = line["validation_loss"]?.double,
      let accuracy = line["validation_accuracy"]?.double,
      // A damaged log may have any numbers. A scale for larger ones would overflow.
      max(abs(training), abs(validation), abs(accuracy)) < 1e30
    else { return nil }
    self.init(
      epoch: epoch, trainingLoss: training, validationLoss: validation,
      validationAccuracy: accuracy)
  }
}
