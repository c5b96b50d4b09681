/** Errors as OpenAI's clients know them: a status, and an object that says what was wrong, where, and what to do. */

export interface ApiErrorDetails {
  readonly type?: "invalid_request_error" | "authentication_error" | "server_error";
  /** The field that is wrong. */
  readonly param?: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ApiError extends Error {
  readonly status: number;
  readonly details: ApiErrorDetails;

  constructor(status: number, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.details = details;
  }

  get body(): object {
    const { type = "invalid_request_error", param = null, code = null } = this.details;
    return { error: { message: this.message, type, param, code } };
  }

  get response(): Response {
    return Response.json(this.body, {
      status: this.status,
      ...(this.details.headers && { headers: this.details.headers }),
    });
  }
}

/** A wrong field of a request. */
export function badRequest(message: string, param?: string, code?: string): ApiError {
  return new ApiError(400, message, {
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}
