/// The lengths of a tensor's axes, outermost first. Their product is known to fit an `Int`.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  public let dimensions: [Int]

  /// The product of the dimensions; 1 for a scalar.
  public let count: Int

  /// - Throws: ``TensorError/negativeDimension(_:)`` or ``TensorError/tooManyElements(_:)``.
  public init(_ dimensions: [Int]) throws(TensorError) {
    var count = 1
    for dimension in dimensions {
      guard dimension >= 0 else { throw .negativeDimension(dimensions) }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw .tooManyElements(dimensions) }
      count = product
    }
    self.dimensions = dimensions
    self.count = count
  }

  /// The size in bytes of this many values of `type`.
  ///
  /// - Throws: ``TensorError/tooManyElements(_:)`` if the size does not fit an `Int`.
  public func byteCount(of type: ElementType) throws(TensorError) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow else { throw .tooManyElements(dimensions) }
    return bytes
  }

  /// For example `96x3x11x11`; `scalar` without dimensions.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }
}
