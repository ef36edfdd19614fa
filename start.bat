@echo off
rem Opens the desk: a double click, or start.bat. The first start makes an environment in .desk, beside this file.
rem With words after it, runs that command instead: start.bat solve my_case.xlsx
setlocal
set "PYTHONUTF8=1"
set "HERE=%~dp0"
if "%HERE:~-1%"=="\" set "HERE=%HERE:~0,-1%"
set "ENVIRONMENT=%HERE%\.desk"
set "NEW_ENOUGH=import sys; sys.exit(sys.version_info < (3, 11))"

"%ENVIRONMENT%\Scripts\python.exe" -c "%NEW_ENOUGH%" >nul 2>nul && goto install

set "PYTHON="
py -3 -c "%NEW_ENOUGH%" >nul 2>nul && set "PYTHON=py -3"
if not defined PYTHON python -c "%NEW_ENOUGH%" >nul 2>nul && set "PYTHON=python"
if not defined PYTHON python3 -c "%NEW_ENOUGH%" >nul 2>nul && set "PYTHON=python3"
if not defined PYTHON (
    set "WHY=Didymium needs Python 3.11 or newer, and none was found. Install it from python.org and start again."
    goto fail
)
echo Making an environment in "%ENVIRONMENT%"
%PYTHON% -m venv --clear "%ENVIRONMENT%"
if errorlevel 1 (
    set "WHY=The environment could not be made. Move the folder to where you may write, such as Documents, and start again."
    goto fail
)

:install
"%ENVIRONMENT%\Scripts\python.exe" -c "import os, sys; own, *made = sys.argv[1:]; sys.exit(not os.path.exists(own) or any(os.path.getmtime(m) > os.path.getmtime(own) for m in made))" "%ENVIRONMENT%\installed" "%HERE%\pyproject.toml" "%HERE%\constraints.txt" && goto run
echo Installing, which takes a few minutes the first time and needs a network
"%ENVIRONMENT%\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --constraint "%HERE%\constraints.txt" --editable "%HERE%[desk]"
if errorlevel 1 (
    set "WHY=The installation failed; the lines above say why. Is there a network? Then start again."
    goto fail
)
type nul > "%ENVIRONMENT%\installed"

:run
if not "%~1"=="" (
    "%ENVIRONMENT%\Scripts\didymium.exe" %*
    exit /b
)
if not exist "%USERPROFILE%\Didymium" mkdir "%USERPROFILE%\Didymium"
"%ENVIRONMENT%\Scripts\didymium.exe" open "%USERPROFILE%\Didymium"
if not errorlevel 1 exit /b 0
set "WHY=The desk ended with an error; the lines above say which."

:fail
echo.
echo %WHY%
if "%~1"=="" pause
exit /b 1
