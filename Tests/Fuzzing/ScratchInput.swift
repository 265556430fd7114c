import Glibc
import System

/// The file in which readers of files get an input. Each input is written over the one before it,
/// in the folder for temporary files, which should be in memory.
enum ScratchInput {
  private static let path: RawPath = {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let folder = "\(parent)/fuzz-\(getpid())"
    _ = unsafe mkdir(folder, 0o700)
    return RawPath("\(folder)/checkpoint.safetensors")
  }()

  /// - Returns: the path of the file. Its folder has no other file.
  static func write(_ bytes: [UInt8]) -> RawPath {
    let file = unsafe open("\(path)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // SAFETY: the buffer has as many bytes as it says.
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(file, $0.baseAddress, $0.count)
    }
    guard file >= 0, written == bytes.count, close(file) == 0 else {
      print("the folder for temporary files cannot be written")
      exit(74)
    }
    return path
  }
}
