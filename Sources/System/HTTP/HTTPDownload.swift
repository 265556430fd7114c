import CCurl

/// A download over HTTP or HTTPS. It uses the proxies that environment variables such as
/// `https_proxy` name.
public struct HTTPDownload: Sendable {
  public let url: String
  /// How many bytes at the beginning of the file the caller already has. The server is asked for
  /// the bytes after them.
  public var offset = 0
  public var connectTimeout = 15
  /// The download fails if no byte arrives for this many seconds.
  public var stallTimeout = 30

  /// The position in the file at which the bytes of an answer begin. It is 0 if the server cannot
  /// resume a download.
  public struct Start: Sendable, Equatable {
    public let offset: Int
    /// The size of the whole file; nil if the server does not say it.
    public let total: Int?

    public init(offset: Int, total: Int?) {
      self.offset = offset
      self.total = total
    }
  }

  public init(url: String) {
    self.url = url
  }

  /// Downloads the file and passes its bytes to `receiver`.
  ///
  /// - Throws: ``HTTPError``. The receiver has got all bytes that had arrived until then.
  public func run(into receiver: any HTTPReceiver, stop: StopFlag?) throws(HTTPError) {
    var result = alexnet_curl_result()
    unsafe perform(Context(receiver: receiver, stop: stop), &result)
    let message = unsafe Self.text(of: result)
    switch result.outcome {
    case ALEXNET_CURL_DONE: return
    case ALEXNET_CURL_MISSING: throw .noLibrary
    case ALEXNET_CURL_ABORTED: throw .stopped
    case ALEXNET_CURL_STATUS: throw .status(result.status)
    case ALEXNET_CURL_CUT_OFF: throw .cutOff
    case ALEXNET_CURL_TIMED_OUT: throw .timedOut
    default: throw .failed(message)
    }
  }

  private static let userAgent = "alexnet"

  @unsafe private func perform(_ target: Context, _ result: inout alexnet_curl_result) {
    // SAFETY: `target` and the texts exist until the call returns, and are not used afterwards.
    unsafe url.withCString { url in
      unsafe Self.userAgent.withCString { userAgent in
        var request = unsafe alexnet_curl_request()
        unsafe request.url = url
        unsafe request.user_agent = userAgent
        unsafe request.offset = Int64(offset)
        unsafe request.connect_timeout_seconds = connectTimeout
        unsafe request.stall_timeout_seconds = stallTimeout
        unsafe request.context = Unmanaged.passUnretained(target).toOpaque()
        unsafe request.on_start = { context, offset, total in
          unsafe Context.at(context).start(offset: offset, total: total) ? 0 : 1
        }
        unsafe request.on_bytes = { context, bytes, count in
          let part = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
          return unsafe Context.at(context).receive(part) ? 0 : 1
        }
        unsafe request.should_stop = { context in unsafe Context.at(context).isStopped ? 1 : 0 }
        withExtendedLifetime(target) { unsafe alexnet_curl_download(&request, &result) }
      }
    }
  }

  /// The message of libcurl, without line ends.
  @unsafe private static func text(of result: alexnet_curl_result) -> String {
    var message = result.message
    // SAFETY: the array ends with a zero.
    let text = unsafe withUnsafeBytes(of: &message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return String(text.filter { !$0.isNewline })
  }
}

/// Receives the bytes of an ``HTTPDownload``.
public protocol HTTPReceiver: AnyObject {
  /// Called once, before the first byte. Returning false ends the download.
  func start(_ start: HTTPDownload.Start) -> Bool
  /// Called with each part of the file, in order. Returning false ends the download.
  func receive(_ bytes: Span<UInt8>) -> Bool
}

/// The object that the C callbacks get as their context.
private final class Context {
  private let receiver: any HTTPReceiver
  private let stop: StopFlag?

  init(receiver: any HTTPReceiver, stop: StopFlag?) {
    self.receiver = receiver
    self.stop = stop
  }

  @unsafe static func at(_ context: UnsafeMutableRawPointer?) -> Context {
    // SAFETY: this is the object that `perform` passed on and keeps alive.
    unsafe Unmanaged<Context>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
  }

  var isStopped: Bool { stop?.isRaised ?? false }

  func start(offset: Int64, total: Int64) -> Bool {
    receiver.start(.init(offset: Int(offset), total: total < 0 ? nil : Int(total)))
  }

  @unsafe func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // SAFETY: libcurl keeps the bytes for the length of the call.
    unsafe receiver.receive(Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))
  }
}
