public import Network

/// A class and its probability.
public struct Prediction: Sendable, Equatable {
  /// 1 for the class with the highest probability.
  public let rank: Int
  /// The index of the class in the model's output.
  public let index: Int
  /// The WordNet id; nil if the class has none.
  public let wnid: String?
  public let label: String
  /// 0 to 1. The probabilities of all classes sum to 1.
  public let probability: Float

  public init(rank: Int, index: Int, wnid: String?, label: String, probability: Float) {
    self.rank = rank
    self.index = index
    self.wnid = wnid
    self.label = label
    self.probability = probability
  }
}

/// The `count` classes with the highest probabilities, the highest first. Classes below `minimum`
/// are left out. Classes with equal probabilities are in the order of their indices.
///
/// A class for which `labels` has no entry gets the label `class N`.
public func topPredictions(
  _ probabilities: [Float], labels: [ClassLabel], count: Int, minimum: Float = 0
) -> [Prediction] {
  guard count < probabilities.count else {
    let order = probabilities.indices.filter { probabilities[$0] >= minimum }
      .sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    return ranked(order, probabilities, labels)
  }
  // Sorted insertion is fast enough, because few classes have a higher probability than the lowest
  // one that is kept.
  var best: [Int] = []
  for (index, probability) in probabilities.enumerated() where probability >= minimum {
    if best.count == max(count, 0) {
      guard let worst = best.last, probability > probabilities[worst] else { continue }
      best.removeLast()
    }
    let place = best.firstIndex { probabilities[$0] < probability } ?? best.endIndex
    best.insert(index, at: place)
  }
  return ranked(best, probabilities, labels)
}

private func ranked(
  _ order: [Int], _ probabilities: [Float], _ labels: [ClassLabel]
) -> [Prediction] {
  order.enumerated().map { place, index in
    Prediction(
      rank: place + 1, index: index,
      wnid: index < labels.count ? labels[index].wnid : nil,
      label: index < labels.count ? labels[index].label : "class \(index)",
      probability: probabilities[index])
  }
}
