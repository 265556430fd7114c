/// Pruning while a stage trains: the smallest weights of a layer become 0, a few more again and
/// again, and stay 0.
///
/// The share of weights that stays falls from 1 along a cubic curve, as in Zhu and Gupta, "To
/// prune, or not to prune: exploring the efficacy of pruning for model compression", 2017,
/// section 3.
public struct GradualPruning: Sendable, Equatable {
  /// The part of a stage in which weights are pruned. In the rest, what stays is trained on.
  public static let shareOfStage = 0.6
  /// How often weights are pruned.
  public static let levels = 100

  /// By the name of a layer, the share of its weights that stays in the end: above 0, at most 1.
  public var shares: [String: Double]

  public init(_ shares: [String: Double] = [:]) { self.shares = shares }

  public var isEmpty: Bool { shares.isEmpty }

  /// How far pruning is after a share of the stage, from 0 to 1: from 0 to ``levels``.
  public static func level(at share: Double) -> Int {
    let progress = share > 0 ? min(share / shareOfStage, 1) : 0
    return Int((progress * Double(levels)).rounded(.down))
  }

  /// The share of weights that stays at a level.
  ///
  /// - Parameter final: the share that stays in the end.
  public static func share(_ final: Double, level: Int) -> Double {
    let left = 1 - Double(level) / Double(levels)
    return final + (1 - final) * left * left * left
  }
}
