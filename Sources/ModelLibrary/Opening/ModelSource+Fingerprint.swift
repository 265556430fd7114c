import Tensors

extension ModelSource {
  /// A SHA-256 that tells the model's file from others, in hexadecimal digits: of its size and of
  /// 256 blocks of 1024 bytes, which are spread evenly over it.
  ///
  /// The digest of a whole file of 230 MB would take a second. Training changes almost every
  /// weight, so that the blocks of another model differ.
  public var fingerprint: String {
    var builder = DigestBuilder(.sha256)
    let size = storage.count.bigEndianBytes
    builder.update(size.span)
    let (blocks, blockSize) = (256, 1024)
    let last = max(0, storage.count - blockSize)
    for block in 0..<blocks {
      // The first block begins the file, and the last one ends it.
      let (quotient, remainder) = last.quotientAndRemainder(dividingBy: blocks - 1)
      let start = block * quotient + block * remainder / (blocks - 1)
      storage.withBytes(start..<min(storage.count, start + blockSize)) { builder.update($0) }
    }
    return builder.digest.hexadecimal
  }
}
