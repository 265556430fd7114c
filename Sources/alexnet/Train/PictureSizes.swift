import Architecture
import ArgumentParser

/// Sizes of training pictures, in pixels, such as `131,163,227`.
struct PictureSizes: ExpressibleByArgument {
  private let sizes: [Int]

  /// More would be a mistake.
  private static let mostSizes = 16

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count, sizes.count <= Self.mostSizes,
      sizes.allSatisfy({ $0 > 0 }), zip(sizes, sizes.dropFirst()).allSatisfy(<)
    else { return nil }
    self.sizes = sizes
  }

  /// These sizes, with that of the network at the end.
  ///
  /// - Throws: a failure that names a size that does not suit the network.
  func growing(to architecture: Architecture) throws -> [Int] {
    let own = architecture.inputSize
    for size in sizes {
      if size > own {
        throw CommandFailure(
          .usage,
          "--sizes: \(size) is more than the \(own) pixels of the network \(architecture.name)")
      }
      if !architecture.accepts(inputSize: size) {
        throw CommandFailure(
          .usage, "--sizes: \(size) pixels are too few for the network \(architecture.name)")
      }
    }
    return sizes.last == own ? sizes : sizes + [own]
  }
}
