public import Network

/// One class and how likely it is.
public struct Prediction: Sendable, Equatable {
  /// 1 for the likeliest.
  public let rank: Int
  /// The position in the model's output.
  public let index: Int
  /// The WordNet id, where the class has one.
  public let wnid: String?
  public let label: String
  /// 0 to 1; over all classes they sum to 1.
  public let probability: Float

  public init(rank: Int, index: Int, wnid: String?, label: String, probability: Float) {
    self.rank = rank
    self.index = index
    self.wnid = wnid
    self.label = label
    self.probability = probability
  }
}

/// The `count` likeliest classes of at least `minimum`, likeliest first; equals by their index.
///
/// A class that `labels` does not reach is called `class N`.
public func topPredictions(
  _ probabilities: [Float], labels: [ClassLabel], count: Int, minimum: Float = 0
) -> [Prediction] {
  // Insertion is fast enough without a heap: few classes beat the worst prediction kept so far.
  var best: [Int] = []
  for (index, probability) in probabilities.enumerated() where probability >= minimum {
    if best.count == max(count, 0) {
      guard let worst = best.last, probability > probabilities[worst] else { continue }
      best.removeLast()
    }
    let place = best.firstIndex { probabilities[$0] < probability } ?? best.endIndex
    best.insert(index, at: place)
  }
  return best.enumerated().map { place, index in
    Prediction(
      rank: place + 1, index: index,
      wnid: index < labels.count ? labels[index].wnid : nil,
      label: index < labels.count ? labels[index].label : "class \(index)",
      probability: probabilities[index])
  }
}
