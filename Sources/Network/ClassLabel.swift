/// The class that one output of a network stands for.
public struct ClassLabel: Sendable, Hashable {
  /// The WordNet id, such as `n02123045`, where the class has one.
  public let wnid: String?
  /// A readable name, such as `tabby`.
  public let label: String

  public init(wnid: String?, label: String) {
    self.wnid = wnid
    self.label = label
  }
}
