import JSON
public import Tensors
import WeightFiles

/// The hash of a file, which shows whether it is the expected file.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
  public enum Function: String, Sendable {
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"
    case sha384 = "SHA-384"

    /// The name of the member that holds such a digest in the metadata entry `source`.
    var metadataName: String {
      switch self {
      case .sha1: "sha1"
      case .sha256: "sha256"
      case .sha384: "sha384"
      }
    }
  }

  public let function: Function
  /// Two lower-case hexadecimal digits for each byte.
  public let hexadecimal: String

  public init(_ function: Function, _ hexadecimal: String) {
    self.function = function
    self.hexadecimal = hexadecimal
  }

  public var description: String { "\(function.rawValue) \(hexadecimal)" }
}

/// Computes the ``Digest`` of bytes that come in parts.
public struct DigestBuilder: Sendable {
  private enum State {
    case sha1(MessageHash<SHA1>)
    case sha256(MessageHash<SHA256>)
    case sha384(MessageHash<SHA384>)
  }

  private var state: State

  public init(_ function: Digest.Function) {
    state =
      switch function {
      case .sha1: .sha1(MessageHash())
      case .sha256: .sha256(MessageHash())
      case .sha384: .sha384(MessageHash())
      }
  }

  public mutating func update(_ bytes: Span<UInt8>) {
    switch state {
    case .sha1(var hash):
      hash.update(bytes)
      state = .sha1(hash)
    case .sha256(var hash):
      hash.update(bytes)
      state = .sha256(hash)
    case .sha384(var hash):
      hash.update(bytes)
      state = .sha384(hash)
    }
  }

  /// The digest of all bytes so far.
  public var digest: Digest {
    switch state {
    case .sha1(let hash): Digest(.sha1, Self.hexadecimal(hash.digest))
    case .sha256(let hash): Digest(.sha256, Self.hexadecimal(hash.digest))
    case .sha384(let hash): Digest(.sha384, Self.hexadecimal(hash.digest))
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension Digest {
  /// The digest of everything in `storage`.
  public init(_ function: Function, of storage: Storage) {
    var builder = DigestBuilder(function)
    storage.withBytes(0..<storage.count) { builder.update($0) }
    self = builder.digest
  }
}

extension Digest {
  /// The member of the metadata entry `source` that holds this digest.
  var member: JSONValue.Member { .init(function.metadataName, .string(hexadecimal)) }
}
