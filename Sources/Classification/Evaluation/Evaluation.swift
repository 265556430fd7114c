public import Network

/// How often a model was right, on the whole and for each class.
public struct Evaluation: Sendable {
  /// What became of the images of one class.
  public struct ClassResult: Sendable, Equatable {
    /// How many of the images that could be classified were right.
    public var top1 = Proportion()
    public var top5 = Proportion()
    /// Images that could not.
    public var failed = 0

    public init() {}

    public var images: Int { top1.trials + failed }
  }

  /// How often images of one class were taken for another.
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

  /// How many predictions a record must have at least, where the model has as many classes.
  public static let predictionsNeeded = 5

  public let labels: [ClassLabel]
  /// In the order of ``labels``.
  public private(set) var classes: [ClassResult]
  private var pairs: [Pair: Int] = [:]

  public init(labels: [ClassLabel]) {
    self.labels = labels
    classes = Array(repeating: ClassResult(), count: labels.count)
  }

  /// All classes together.
  public var total: ClassResult {
    classes.reduce(into: ClassResult()) { total, one in
      total.top1.add(one.top1)
      total.top5.add(one.top5)
      total.failed += one.failed
    }
  }

  /// Takes in what became of an image of the class at `truth`.
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

  /// The commonest mistakes, commonest first, equals in the order of the classes.
  public func confusions(atMost count: Int) -> [Confusion] {
    let all = pairs.map { Confusion(truth: $0.truth, predicted: $0.predicted, count: $1) }
    return Array(all.sorted { $0.precedes($1) }.prefix(count))
  }

  /// For each class with a mistake, its commonest one.
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
