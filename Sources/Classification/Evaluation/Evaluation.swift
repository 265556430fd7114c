public import Network

/// How often the predictions of a model were right, in total and for each class.
public struct Evaluation: Sendable {
  /// The results for the images of one class.
  public struct ClassResult: Sendable, Equatable {
    /// How many of the classified images have the right class as their first prediction.
    public var top1 = Proportion()
    public var top5 = Proportion()
    /// How many images could not be classified.
    public var failed = 0

    public init() {}

    public var images: Int { top1.trials + failed }
  }

  /// How often images of one class got another class as their first prediction.
  public struct Confusion: Sendable, Hashable {
    public let truth: Int
    public let predicted: Int
    public let count: Int

    public init(truth: Int, predicted: Int, count: Int) {
      self.truth = truth
      self.predicted = predicted
      self.count = count
    }
  }

  private struct Pair: Hashable {
    let truth: Int
    let predicted: Int
  }

  /// How many predictions a record must have, for the top-5 accuracy. If the model has fewer
  /// classes, it must have one for each class.
  public static let predictionsNeeded = 5

  public let labels: [ClassLabel]
  /// The results of all classes, in the order of ``labels``.
  public private(set) var classes: [ClassResult]
  private var pairs: [Pair: Int] = [:]

  public init(labels: [ClassLabel]) {
    self.labels = labels
    classes = Array(repeating: ClassResult(), count: labels.count)
  }

  /// The result for the images of all classes.
  public var total: ClassResult {
    classes.reduce(into: ClassResult()) { total, one in
      total.top1.add(one.top1)
      total.top5.add(one.top5)
      total.failed += one.failed
    }
  }

  /// Adds the outcome of an image whose right class has the index `truth`.
  public mutating func add(_ outcome: Record.Outcome, truth: Int) {
    guard case .answered(_, let predictions) = outcome else {
      classes[truth].failed += 1
      return
    }
    let best = predictions.prefix(Self.predictionsNeeded).map(\.index)
    classes[truth].top1.count(best.first == truth)
    classes[truth].top5.count(best.contains(truth))
    if let predicted = best.first, predicted != truth {
      pairs[Pair(truth: truth, predicted: predicted), default: 0] += 1
    }
  }

  /// The most frequent confusions, the most frequent first. Confusions that are equally frequent
  /// are in the order of the classes.
  public func confusions(atMost count: Int) -> [Confusion] {
    let all = pairs.map { Confusion(truth: $0.truth, predicted: $0.predicted, count: $1) }
    return Array(all.sorted { $0.precedes($1) }.prefix(count))
  }

  /// The most frequent confusion of each class, by the index of the class. Classes without a
  /// confusion are left out.
  public var commonestConfusions: [Int: Confusion] {
    pairs.reduce(into: [:]) { result, pair in
      let one = Confusion(
        truth: pair.key.truth, predicted: pair.key.predicted, count: pair.value)
      if result[one.truth].map({ one.precedes($0) }) ?? true { result[one.truth] = one }
    }
  }
}

extension Evaluation.Confusion {
  fileprivate func precedes(_ other: Self) -> Bool {
    (other.count, truth, predicted) < (count, other.truth, other.predicted)
  }
}

extension Proportion {
  fileprivate mutating func add(_ other: Proportion) {
    successes += other.successes
    trials += other.trials
  }
}
