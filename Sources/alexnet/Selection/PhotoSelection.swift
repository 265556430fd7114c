import Classification

/// What becomes of a record with the probabilities of all classes: it gets the group of the photo,
/// keeps only the classes that are to be shown, or is left out.
struct PhotoSelection {
  /// The most classes to show.
  let top: Int
  /// Classes that are less probable than this are not shown.
  let minProbability: Float
  /// The group of each class of the model; nil if records get no group.
  var groups: [String?]?
  /// The classes that a photo must show, by index; nil for any.
  var wanted: Set<Int>?
  /// How probable the wanted classes must be together.
  var leastMatch: Float = 0

  init(top: Int, minProbability: Float) {
    self.top = top
    self.minProbability = minProbability
  }

  /// The record as it is to be written; nil if it is left out. A failure is never left out.
  func apply(to record: Record) -> Record? {
    guard case .answered(let size, let predictions) = record.outcome else { return record }
    if let wanted {
      let sum = predictions.reduce(into: Float(0)) { sum, prediction in
        if wanted.contains(prediction.index) { sum += prediction.probability }
      }
      guard sum >= leastMatch else { return nil }
    }
    let shown = predictions.prefix(top).prefix { $0.probability >= minProbability }
    var result = Record(
      path: record.path, archive: record.archive, outcome: .answered(size: size, Array(shown)))
    result.group = groups.flatMap { GroupAnswer(predictions, groups: $0) }
    return result
  }
}

extension GroupAnswer {
  /// The group whose classes together are most probable; of equal ones that of the likelier class.
  ///
  /// - Parameter groups: the group of each class.
  init?(_ predictions: [Prediction], groups: [String?]) {
    var sums: [String: Float] = [:]
    var order: [String] = []
    for prediction in predictions {
      guard groups.indices.contains(prediction.index), let group = groups[prediction.index] else {
        continue
      }
      if sums[group] == nil { order.append(group) }
      sums[group, default: 0] += prediction.probability
    }
    var best: (name: String, probability: Float)?
    for name in order {
      if let sum = sums[name], sum > best?.probability ?? -1 { best = (name, sum) }
    }
    guard let best else { return nil }
    self.init(name: best.name, probability: min(best.probability, 1))
  }
}

/// Gives every record to a selection before it is written.
struct SelectingWriter: RecordWriter {
  private let selection: PhotoSelection
  private var base: any RecordWriter<[Prediction]>

  init(_ selection: PhotoSelection, _ base: any RecordWriter<[Prediction]>) {
    self.selection = selection
    self.base = base
  }

  var reportsFailures: Bool { base.reportsFailures }

  mutating func begin() throws(OutputError) { try base.begin() }

  mutating func write(_ record: Record) throws(OutputError) {
    if let record = selection.apply(to: record) { try base.write(record) }
  }

  mutating func finish() throws(OutputError) { try base.finish() }
}
